-- Keys are kept as digests now, base64url of SHA-256; what was begun under one in clear is to be found again by its digest.
update idempotency_keys
set key = translate(rtrim(encode(sha256(convert_to(key, 'UTF8')), 'base64'), '='), '+/', '-_');

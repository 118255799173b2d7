#!/bin/sh
# Says what this machine lacks to run the platform. It may use nothing that it checks for.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root" || exit 1
data=${RIDESHARE_DATA_DIR:-$root/.data}
offset=${PORT_OFFSET:-0}
problems=0

good() { printf 'ok       %s\n' "$1"; }
note() { printf 'note     %s\n' "$1"; }
bad() {
  printf 'problem  %s\n' "$1"
  problems=$((problems + 1))
}

node=$(node --version 2>/dev/null || :)
major=${node#v} && major=${major%%.*}
case $node in
  '') bad 'Node is missing: install Node 20 or newer, with npm' ;;
  *) if [ "$major" -ge 20 ]; then good "Node $node"; else bad "Node $node is too old: install Node 20 or newer"; fi ;;
esac

if npm=$(npm --version 2>/dev/null); then good "npm $npm"; else bad 'npm is missing: install it, it comes with Node'; fi

case $(uname -s)-$(uname -m) in
  Linux-x86_64 | Linux-aarch64 | Linux-arm64 | Darwin-arm64) good "platform $(uname -s) $(uname -m)" ;;
  *) bad "there is no packaged PostgreSQL for $(uname -s) $(uname -m): set DATABASE_URL to a server of your own" ;;
esac

# dependencies, build output, logs and a cluster that has seen some trips
free_mb=$(($(df -Pk "$root" | awk 'NR == 2 { print $4 }') / 1024))
if [ "$free_mb" -ge 3000 ]; then good "disk: $free_mb MB free"; else bad "disk: $free_mb MB free, 3000 MB are needed"; fi

if [ -r /proc/meminfo ]; then
  memory_mb=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 1024))
  if [ "$memory_mb" -ge 2500 ]; then good "memory: $memory_mb MB available"; else
    bad "memory: $memory_mb MB available, the platform takes about 2500 MB"
  fi
fi

# nearest DIRECTORY: the deepest part of it that exists
nearest() {
  directory=$1
  while [ ! -d "$directory" ]; do directory=$(dirname -- "$directory"); done
  printf '%s\n' "$directory"
}
for directory in "$root" "$data"; do
  existing=$(nearest "$directory")
  if [ -w "$existing" ]; then good "writable: $directory"; else bad "$existing is not writable for $(id -un)"; fi
done

if [ -n "$node" ]; then
  for port in 3000 8000 8080 8081 8082 8084 8085 15432; do
    port=$((port + offset))
    taken=$(node -e '
      if (require("./scripts/dev/bad-ports.json").ports.indexOf(Number(process.argv[1])) >= 0) {
        console.log("fetch and browsers refuse it");
        process.exit();
      }
      var server = require("net").createServer();
      server.on("error", function (error) { console.log(error.code); });
      server.listen(Number(process.argv[1]), "127.0.0.1", function () { server.close(); });
    ' "$port")
    case $taken in
      '') good "port $port is free" ;;
      EADDRINUSE)
        if [ -f "$data/run.json" ]; then note "port $port is in use; a platform seems to be running on $data"; else
          bad "port $port is in use: stop its owner, or set PORT_OFFSET to shift all ports"
        fi
        ;;
      *) bad "port $port cannot be used ($taken): set PORT_OFFSET to shift all ports" ;;
    esac
  done
fi

if [ "$(id -u)" -eq 0 ] && command -v unshare >/dev/null 2>&1; then
  unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null ||
    note 'as root, PostgreSQL can run only where the user "nobody" may enter every directory of this path'
fi

if [ $problems -eq 0 ]; then printf 'nothing is missing\n'; else
  printf '%s problem(s)\n' "$problems"
  exit 1
fi

export { answerRequest } from './answer.ts';
export type { AnswerDeps, ArrivedRequest } from './answer.ts';
export { createAuthenticator } from './authenticate.ts';
export type { Authenticator } from './authenticate.ts';
export { createServiceClient, isAmbiguous } from './client.ts';
export type { CallInput, ServiceClient, Transport } from './client.ts';
export type { Outcome } from './idempotency.ts';
export { addressBlock } from './client-address.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export {
  bySpecificity,
  contextOf,
  createErrorHandler,
  expressPath,
  installEdge,
  installFallbacks,
  refusalHeaders,
  refuseOtherMethods,
} from './edge.ts';
export type { EdgeDeps, RequestContext } from './edge.ts';
export { endpoint } from './endpoint.ts';
export type { AnyAnswer, Answer, Call, Endpoint, Handler } from './endpoint.ts';
export { httpErrorCatalogue } from './error-catalogue.ts';
export type { ErrorCatalogueEntry, HttpErrorCode } from './error-catalogue.ts';
export { listen } from './listen.ts';
export type { RunningServer } from './listen.ts';
export { hasRole, principalKey, userId } from './principal.ts';
export type { Principal } from './principal.ts';
export { httpError, statusOf, statusOfError, toProblem, validationError } from './problem.ts';
export type { Problem } from './problem.ts';
export { BODY_BYTES_MAX } from './request-body.ts';
export { createServiceApp } from './service-app.ts';
export type { ServiceAppOptions } from './service-app.ts';
export { createAccessTokenVerifier, createServiceTokens } from './tokens.ts';
export type { AccessTokenVerifier, ServiceTokens } from './tokens.ts';

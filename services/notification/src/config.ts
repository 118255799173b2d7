import {
  baseConfig,
  baseVars,
  configInvalid,
  databaseConfig,
  databaseVars,
  defineConfig,
  envPort,
  envSecret,
  envText,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
} from '@rideshare/config';

/** The configuration of the notification service. */
export const notificationConfig = defineConfig({
  vars: {
    ...baseVars,
    ...internalVars,
    ...databaseVars,
    ...logVars,
    PORT: envPort(8084),
    /** Development only: outgoing messages become files below this folder. */
    MAILBOX_DIR: envText().optional(),
    /** `smtp://user:password@host:port`, for e-mail. */
    SMTP_URL: envSecret({ minLength: 1 }).optional(),
    MAIL_FROM: envText('Rideshare <no-reply@rideshare.local>'),
  },
  build: (values) => {
    const base = baseConfig(values);
    if (base.environment === 'production' && values.MAILBOX_DIR !== undefined) {
      throw configInvalid([{ pointer: 'MAILBOX_DIR', detail: 'is for development only: unset it and set SMTP_URL' }]);
    }
    return {
      ...base,
      internal: internalConfig(values),
      database: databaseConfig(values),
      log: logConfig(values),
      mailboxDir: values.MAILBOX_DIR,
      smtpUrl: values.SMTP_URL,
      mailFrom: values.MAIL_FROM,
    };
  },
});

/** What {@link notificationConfig} loads. */
export type NotificationConfig = ReturnType<typeof notificationConfig.load>;

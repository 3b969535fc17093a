// Generated file. DO NOT MODIFY IT BY HAND.

export interface Settings {
  /**
   * The address of your Inkling service, for example https://inkling.example.com. It must begin with https://.
   */
  endpoint: string
  /**
   * The part before the colon of one of the SIGNING_KEYS that your Inkling service accepts.
   */
  keyId: string
  /**
   * The part after the colon of the same key. Requests are signed with it; it is never sent.
   */
  secret: string
}

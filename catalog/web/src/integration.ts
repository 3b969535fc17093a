/** The name of the destination in an event's `integrations`. */
export const INTEGRATION = 'Inkling'

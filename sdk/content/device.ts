/** What of the device matters for what it shares. */
export interface Device {
  /** Whether the connection costs by the byte, or the user asks to save data; `null` where nobody can tell. */
  readonly isMetered: boolean | null
  /** The charge, 0 to 1; `null` on mains, or where nobody can tell. */
  readonly battery: number | null
}

interface Battery {
  readonly charging: boolean
  readonly level: number
}

interface DeviceNavigator {
  readonly connection?: { readonly saveData?: boolean; readonly type?: string; readonly metered?: boolean }
  getBattery?(): Promise<Battery>
}

/** What browsers tell; Node tells nothing. */
export async function lookAtDevice(): Promise<Device> {
  const { navigator } = globalThis as { navigator?: DeviceNavigator }
  const { connection } = navigator ?? {}
  const isMetered = connection
    ? connection.saveData === true || connection.metered === true || connection.type === 'cellular'
    : null
  const battery = await navigator?.getBattery?.().catch(() => null)
  return { isMetered, battery: battery && !battery.charging ? battery.level : null }
}

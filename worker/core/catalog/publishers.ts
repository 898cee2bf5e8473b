import { infoHashFromHex } from '../../../protocol/ids.ts'
import { refuseListed } from '../refusals.ts'
import type { Settings } from '../limits.ts'
import { type Denial, denial } from './denial.ts'

type Publishers = Pick<Settings, 'publishers'>

/** Whether everybody may publish releases: nobody is listed, or everybody (rule U16). */
export const isOpen = ({ publishers }: Publishers): boolean => publishers.size === 0 || publishers.has('*')

/** Whether who holds this key may publish releases. */
export const mayPublish = (settings: Publishers, key: string): boolean =>
  isOpen(settings) || settings.publishers.has(key)

/** Whether who holds this key may upload files: that costs the operator, so without a list nobody may (rule U15). */
export const mayUpload = ({ publishers }: Publishers, key: string): boolean =>
  publishers.has('*') || publishers.has(key)

/** What the operator's lists say of an info hash in hex; `null` if they let it pass. */
export function denyListed(settings: Settings, hex: string): Denial | null {
  const infoHash = infoHashFromHex(hex)
  const refused = infoHash && refuseListed({ settings }, infoHash)
  return refused && denial(403, refused.reason)
}

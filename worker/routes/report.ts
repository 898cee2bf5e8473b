import { decodeReport, MAX_REPORT } from '../../protocol/content/report.ts'
import { fromUtf8 } from '../../protocol/content/text.ts'
import { denial } from '../core/catalog/denial.ts'
import { readBody } from '../shell/body.ts'
import { clientAddress } from '../shell/client.ts'
import { denialResponse } from '../shell/denial.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { catalogOf } from '../shell/routing.ts'
import { refuseFlood } from './catalog.ts'

/** `POST /reports`: where the bytes of a peer came from (rule U13). */
export async function takeReport(request: Request, environment: Environment): Promise<Response> {
  const address = clientAddress(request, settings.addressHeader)
  const flood = await refuseFlood(environment, address)
  if (flood) return denialResponse(flood)
  const body = await readBody(request, MAX_REPORT)
  if (!body) return denialResponse(denial(413, `a report may have ${MAX_REPORT} bytes`))
  const report = decodeReport(fromUtf8(body) ?? '')
  if (!report) {
    return denialResponse(denial(400, 'a report is {"fromPeers":…,"fromOrigin":…,"fromDisk":…}, in bytes up to 2^36'))
  }
  const refused = await catalogOf(environment).report(address, report)
  return refused ? denialResponse(refused) : new Response(null, { status: 204 })
}

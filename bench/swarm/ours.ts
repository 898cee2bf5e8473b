// One seed and its peers in a process of their own; writes the seconds until each was done, as JSON.
import { formatLink } from '../../protocol/content/link.ts'
import { toBase64Url } from '../../protocol/content/text.ts'
import { installed, Setting } from '../content/setting.ts'
import { PLAN } from './plan.ts'

await using setting = await Setting.make()
const { key, tracker } = setting
const link = formatLink({ tracker: tracker.http, publisher: toBase64Url(key.publicKey), channel: 'stable' })
const directory = await setting.directory('cold', { 'cold.bin': PLAN.bytes })
const { upload } = PLAN
// They follow the channel before there is anything in it, and so the file is cold for all of them at once.
const subscriptions = await Promise.all(Array.from({ length: PLAN.peers }, () => setting.subscribe(link, { upload })))
while (subscriptions.some(({ peers }) => peers < PLAN.peers - 1))
  await new Promise((resolve) => setTimeout(resolve, 100))
const done = subscriptions.map(async (subscription) => {
  await installed(subscription, 1)
  return performance.now()
})
const began = Promise.withResolvers<number>()
for (const subscription of subscriptions) {
  subscription.on('release', () => {
    began.resolve(performance.now())
  })
}
const publication = await setting.publish(directory, { upload })
const start = await began.promise
const times = (await Promise.all(done)).map((at) => (at - start) / 1000)
const sent = [...publication.traffic.toPeers.values()].reduce((sum, bytes) => sum + bytes, 0)
await Promise.all([publication.close(), ...subscriptions.map((subscription) => subscription.close())])
console.log(JSON.stringify({ times, copies: sent / PLAN.bytes }))

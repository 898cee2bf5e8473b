const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/**
 * The password of a TURN user, as coturn's `use-auth-secret` reckons it (draft-uberti-behave-turn-rest-00 §2.2):
 * HMAC-SHA1 of its name, in base64.
 */
export async function turnCredential(secret: string, username: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(username)))
  return btoa(String.fromCharCode(...signature))
}

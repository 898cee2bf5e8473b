import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keysFolder, listKeys, loadKey, makeKey } from '../../../sdk/content/keys.ts'
import { temporaryFolder } from '../../support/folder.ts'

describe('the keys of a publisher', () => {
  it('lie where the environment says', () => {
    expect(keysFolder({})).toBe(join(homedir(), '.config/edgeswarm/keys'))
    expect(keysFolder({ XDG_CONFIG_HOME: '/etc/x' })).toBe('/etc/x/edgeswarm/keys')
    expect(keysFolder({ XDG_CONFIG_HOME: 'relative' })).toBe(join(homedir(), '.config/edgeswarm/keys'))
    expect(keysFolder({ XDG_CONFIG_HOME: '/etc/x', EDGESWARM_KEYS: '/keys' })).toBe('/keys')
  })

  it('are made once, readable by their owner alone, and load as they were', async () => {
    await using folder = await temporaryFolder()
    const keys = join(folder.path, 'deep', 'keys')
    const made = await makeKey('release', keys)
    expect((await stat(made.path)).mode & 0o777).toBe(0o600)
    expect((await stat(keys)).mode & 0o777).toBe(0o700)
    const loaded = await loadKey('release', keys)
    expect(loaded.publisher).toBe(made.publisher)
    expect(loaded.identity.secretKey).toEqual(made.identity.secretKey)
    await expect(makeKey('release', keys)).rejects.toThrow(/There is a key "release" already/)
    expect((await loadKey('release', keys)).publisher).toBe(made.publisher)
  })

  it('are listed by name, without what is no key', async () => {
    await using folder = await temporaryFolder()
    expect(await listKeys(join(folder.path, 'none'))).toEqual([])
    const two = await makeKey('two', folder.path)
    const one = await makeKey('one', folder.path)
    await writeFile(join(folder.path, 'notes.json'), '{}')
    await writeFile(join(folder.path, 'README'), 'hello')
    expect(await listKeys(folder.path)).toEqual([
      { name: 'one', publisher: one.publisher, path: one.path },
      { name: 'two', publisher: two.publisher, path: two.path },
    ])
  })

  it('are refused where others may read them, or where they are damaged', async () => {
    await using folder = await temporaryFolder()
    const { path } = await makeKey('release', folder.path)
    await chmod(path, 0o640)
    await expect(loadKey('release', folder.path)).rejects.toThrow(`Run: chmod 600 ${path}`)
    await chmod(path, 0o600)
    const other = await makeKey('other', folder.path)
    const text = await readFile(path, 'utf8')
    const parts = JSON.parse(text) as { publisher: string }
    await writeFile(path, JSON.stringify({ ...parts, publisher: other.publisher }))
    await expect(loadKey('release', folder.path)).rejects.toThrow(/is damaged: its public key is not that/)
    await writeFile(path, text.slice(0, 50))
    await expect(loadKey('release', folder.path)).rejects.toThrow(/holds no key of Edgeswarm, or is damaged/)
    await expect(loadKey('absent', folder.path)).rejects.toThrow(/There is no key "absent"/)
  })

  it('have no names that lead elsewhere', async () => {
    await using folder = await temporaryFolder()
    const keys = join(folder.path, 'keys')
    for (const name of ['../key', 'a/b', '', '.hidden', 'A', 'x'.repeat(65)]) {
      await expect(makeKey(name, keys)).rejects.toMatchObject({ code: 'ERR_KEY' })
    }
    expect(await readdir(folder.path)).toEqual([])
  })
})

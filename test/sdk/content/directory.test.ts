import { execFileSync } from 'node:child_process'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { walkDirectory } from '../../../sdk/content/directory.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { plant } from './trees.ts'

const text = (content: string) => new TextEncoder().encode(content)

describe('the walk of a directory', () => {
  it('finds files in the order of their bytes', async () => {
    await using folder = await temporaryFolder()
    const files = ['a/b', 'a-b', 'a.b', 'B', '\u{10000}', '\uFF5E', '.hidden', 'z/y/x']
    await plant(folder.path, Object.fromEntries(files.map((path) => [path, text(path)])))
    await mkdir(join(folder.path, 'empty'))
    const found = await walkDirectory(folder.path)
    const expected = files.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    expect(found.files.map(({ path }) => path)).toEqual(expected)
    expect(found.files.map(({ length }) => length)).toEqual(expected.map((path) => text(path).length))
  })

  it('knows what its owner may execute', async () => {
    await using folder = await temporaryFolder()
    const modes = { mine: 0o744, all: 0o755, others: 0o655, nobody: 0o644, odd: 0o4700 }
    await plant(folder.path, Object.fromEntries(Object.keys(modes).map((path) => [path, text(path)])))
    for (const [path, mode] of Object.entries(modes)) await chmod(join(folder.path, path), mode)
    const { files } = await walkDirectory(folder.path)
    expect(files.filter(({ isExecutable }) => isExecutable).map(({ path }) => path)).toEqual(['all', 'mine', 'odd'])
  })

  it('refuses links, pipes and sockets, and names each', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { 'dist/app.js': text('app') })
    await symlink('/etc/passwd', join(folder.path, 'dist/passwd'))
    await symlink('/etc', join(folder.path, 'etc'))
    execFileSync('mkfifo', [join(folder.path, 'pipe')])
    const walk = walkDirectory(folder.path)
    await expect(walk).rejects.toMatchObject({ code: 'ERR_FILES' })
    await expect(walk).rejects.toThrow(/"dist\/passwd" is a symbolic link/)
    await expect(walk).rejects.toThrow(/"etc" is a symbolic link/)
    await expect(walk).rejects.toThrow(/"pipe" is a named pipe/)
  })

  it('refuses names that not every system takes, and files that would be one', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { 'con/x': text(''), 'a:b': text(''), 'dot.': text('') })
    const walk = walkDirectory(folder.path)
    await expect(walk).rejects.toThrow(/"con" has the name of a device/)
    await expect(walk).rejects.toThrow(/"a:b"/)
    await expect(walk).rejects.toThrow(/"dot\."/)
    await using other = await temporaryFolder()
    await plant(other.path, { 'Readme.md': text(''), 'README.md': text('') })
    await expect(walkDirectory(other.path)).rejects.toThrow(/are one file where upper and lower case are the same/)
  })

  it('refuses names that are no UTF-8', async () => {
    await using folder = await temporaryFolder()
    await writeFile(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0x66, 0xff])]), 'x')
    await expect(walkDirectory(folder.path)).rejects.toThrow(/has a name that is not UTF-8/)
  })

  it('names ten problems, and says that there are more', async () => {
    await using folder = await temporaryFolder()
    const bad = Array.from({ length: 14 }, (_, index) => `bad${index}?`)
    await plant(folder.path, Object.fromEntries(bad.map((path) => [path, text('')])))
    const message = await walkDirectory(folder.path).then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(message.match(/"bad\d+\?" has/g)).toHaveLength(10)
    expect(message).toMatch(/; and there is more\.$/)
  })

  it('refuses what is no directory, and an empty one', async () => {
    await using folder = await temporaryFolder()
    await expect(walkDirectory(folder.path)).rejects.toThrow(/it holds no file/)
    await plant(folder.path, { file: text('x') })
    await expect(walkDirectory(join(folder.path, 'file'))).rejects.toThrow(/is no directory/)
    await expect(walkDirectory(join(folder.path, 'absent'))).rejects.toThrow(/is no directory/)
  })

  it('ends when it is told to', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { file: text('x') })
    await expect(walkDirectory(folder.path, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('refuses what it may not read', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { secret: text('x') })
    await chmod(folder.path, 0o755)
    await chmod(join(folder.path, 'secret'), 0)
    // Nothing is closed to root, who can be somebody else.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const module = new URL('../../../sdk/content/directory.ts', import.meta.url).href
    const program = `const { walkDirectory } = await import(process.argv[1])
      await walkDirectory(process.argv[2]).catch((error) => console.log(error.message))`
    const parameters = ['--input-type=module', '--eval', program, module, folder.path]
    const { stdout } = spawnSync(process.execPath, parameters, { ...nobody, encoding: 'utf8' })
    expect(stdout).toMatch(/"secret" can't be read \(EACCES\)/)
  })
})

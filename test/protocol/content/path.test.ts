import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPath, checkPaths, comparePaths } from '../../../protocol/content/path.ts'

describe('U7: a path', () => {
  it.each([
    'a',
    'a/b/c.txt',
    '.hidden',
    '..a',
    'a..b',
    'console.txt',
    'com',
    'com10',
    'auxiliary',
    'é',
    '日本語/ファイル',
    'a b',
    '👩‍👩‍👧',
    'x'.repeat(255),
  ])('%s can be used', (path) => {
    expect(checkPath(path.split('/'))).toBeNull()
  })

  it.each([
    ['nothing', []],
    ['an empty name', ['']],
    ['an empty name in it, as an absolute path', ['', 'etc', 'passwd']],
    ['a name that is the folder itself', ['a', '.', 'b']],
    ['a name that leads out', ['..', 'a']],
    ['a name that leads out further down', ['a', '..', '..', 'b']],
    ['a slash in a name', ['a/../../b']],
    ['a backslash', ['..\\..\\b']],
    ['a drive', ['C:', 'b']],
    ['a stream', ['a.txt:b']],
    ['NUL', ['a\0b']],
    ['a line break', ['a\nb']],
    ['an escape', ['\u001b[2J']],
    ['a C1 control', ['\u009b']],
    ['a wildcard', ['a*']],
    ['a question mark', ['a?']],
    ['quotes', ['"a"']],
    ['brackets', ['<a>']],
    ['a pipe', ['a|b']],
    ['a dot at the end', ['a.']],
    ['a space at the end', ['a ', 'b']],
    ['a device', ['con']],
    ['a device with an extension', ['NUL.txt']],
    ['a device with two', ['Aux.tar.gz']],
    ['a device, a space and an extension', ['com1 .txt']],
    ['a device with a superscript', ['LPT².log']],
    ['a device further down', ['a', 'PRN', 'b']],
    ['a decomposed letter', ['e\u0301']],
    ['half a character', ['a\ud83d']],
    ['a name of 256 bytes', ['x'.repeat(256)]],
    ['a name of 128 characters and 256 bytes', ['ä'.repeat(128)]],
    ['4,097 bytes', [...Array.from({ length: 16 }, () => 'x'.repeat(255)), 'y']],
  ])('with %s can not', (_, segments) => {
    expect(checkPath(segments)).toMatch(/./)
  })

  it('may have 64 names', () => {
    expect(checkPath(Array.from({ length: 64 }, () => 'x'))).toBe(null)
    expect(checkPath(Array.from({ length: 65 }, () => 'x'))).toContain('more than 64 names')
  })

  it('may have 4,096 bytes', () => {
    expect(checkPath(Array.from({ length: 16 }, () => 'x'.repeat(255)))).toBeNull()
    expect(checkPath([...Array.from({ length: 16 }, () => 'x'.repeat(255)), 'y'])).toContain('longer than 4096 bytes')
  })

  it('never throws, and leads nowhere but down', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (segments) => {
        if (checkPath(segments) !== null) return
        const { pathname } = new URL(segments.map(encodeURIComponent).join('/'), 'file:///base/')
        expect(pathname.startsWith('/base/')).toBe(true)
      }),
    )
  })
})

describe('U7: paths together', () => {
  it('can be used if each can, and none is in the way of another', () => {
    expect(checkPaths([])).toBeNull()
    expect(checkPaths(['a', 'b/a', 'b/c', 'b.txt', 'b-/c', 'x/.pad', 'x/.edgeswarm'])).toBeNull()
  })

  it.each([
    ['one that can not be used', ['a', '../b'], '"../b" has ".."'],
    ['two that are the same', ['a', 'a'], '"a" and "a"'],
    ['two that differ in case', ['a/Readme', 'A/README'], '"a/Readme" and "A/README"'],
    ['two that differ in case beyond ASCII', ['ΣΑΣ', 'σας'], 'where upper and lower case are the same'],
    ['a file that is a folder too', ['a/b', 'a'], '"a" is a file, and the folder of "a/b"'],
    ['a file that is a folder in other letters', ['A', 'a/b/c'], '"A" is a file, and the folder of "a/b/c"'],
    ['our own folder', ['.edgeswarm/state.json'], 'a name that Edgeswarm keeps'],
    ['our own folder in capitals', ['.EDGESWARM'], 'a name that Edgeswarm keeps'],
    ['padding', ['.pad/5'], 'a name that Edgeswarm keeps'],
  ])('with %s can not', (_, paths, reason) => {
    expect(checkPaths(paths)).toContain(reason)
  })

  it('are sorted by their bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        expect(Math.sign(comparePaths(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)))
      }),
    )
    expect(comparePaths('\uffff', '\u{10000}')).toBeLessThan(0)
    expect(comparePaths('a', 'ab')).toBeLessThan(0)
  })
})

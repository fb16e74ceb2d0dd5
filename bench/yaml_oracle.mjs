// Judges edits of frontmatter with a YAML parser that shares no code with ours: npm's `yaml`.
//
// One request a line on standard input: a list of {before, own, afters: [{text, wanted}]}: `own` are the keys we may
// write, `wanted` our values as text by key, null for a key that is to be gone. One answer a line: for each, {sick, faults}. `sick`: YAML 1.2 finds fault with `before` already.
// `faults`: what an edit changed that it must not, or did not set; empty when all is well.

import { createInterface } from 'node:readline'
import { Lexer, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml'

const VERSIONS = ['1.2', '1.1']

/** What a node says, without where: aliases by name, so that nothing is expanded. */
function meaning(node) {
  if (node === null || node === undefined) return null
  if (isAlias(node)) return ['alias', node.source]
  if (isPair(node)) return [meaning(node.key), meaning(node.value)]
  const marks = [node.tag ?? '', node.anchor ?? '']
  if (isScalar(node)) return ['scalar', ...marks, node.type ?? '', typeof node.value, String(node.value), node.source ?? '']
  if (isMap(node)) return ['map', ...marks, node.items.map(meaning)]
  if (isSeq(node)) return ['seq', ...marks, node.items.map(meaning)]
  return ['unknown', String(node)]
}

/** A block as `version` reads it: our entries, everything else, and the errors. */
function read(text, version, own) {
  const doc = parseDocument(text, { version, logLevel: 'silent', prettyErrors: false })
  const ours = {}
  let foreign = meaning(doc.contents)
  if (doc.contents === null) foreign = []
  if (isMap(doc.contents)) {
    const isOurs = (pair) => isScalar(pair.key) && own.has(pair.key.value)
    for (const pair of doc.contents.items.filter(isOurs)) {
      ours[pair.key.value] = isScalar(pair.value) ? [pair.value.type, String(pair.value.source)] : meaning(pair.value)
    }
    foreign = doc.contents.items.filter((pair) => !isOurs(pair)).map(meaning)
  }
  return { ours, foreign: JSON.stringify(foreign), errors: doc.errors.map((error) => error.code).join(' ') }
}

/** Every comment, in order. After the sign for a scalar comes its text, which may look like one. */
function comments(text) {
  const found = []
  let previous = ''
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#') && previous !== '\x1f') found.push(token.trimEnd())
    previous = token
  }
  return JSON.stringify(found)
}

function judge({ before, own, afters }) {
  const faults = new Set()
  let sick = false
  for (const version of VERSIONS) {
    const keys = new Set(own)
    const old = read(before, version, keys)
    if (version === '1.2' && old.errors) sick = true
    for (const { text, wanted } of version === '1.2' ? afters : afters.slice(0, 1)) {
      const made = read(text, version, keys)
      if (made.errors !== old.errors) faults.add(`errors under ${version}: "${old.errors}" became "${made.errors}"`)
      if (made.foreign !== old.foreign) faults.add(`foreign values under ${version}`)
      for (const [key, value] of Object.entries(wanted)) {
        if (!says(made.ours[key], value)) {
          faults.add(`${key} under ${version}: ${JSON.stringify(made.ours[key])} instead of ${value}`)
        }
      }
    }
  }
  for (const { text } of afters) if (comments(text) !== comments(before)) faults.add('comments')
  return { sick, faults: [...faults] }
}

/** Numbers and days have to be plain: in quotes they would be text. */
function says(found, value) {
  if (value === null || found === undefined) return value === null && found === undefined
  return found[1] === value && (found[0] === 'PLAIN' || !/^[0-9]/.test(value))
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(JSON.parse(line).map(judge)))
}

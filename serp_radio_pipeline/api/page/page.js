'use strict'
// One page, one order at a time: a file or made-up data goes out, a piece comes back.
const at = id => document.getElementById(id)
const BETWEEN_LOOKS_MS = 700
const DEMO = {
  source: 'demo', use_training: true, momentum: true, lookback: '28d',
  override_metrics: { ctr: 0.75, impressions: 0.8, position: 0.9, clicks: 0.7 },
}
const verdicts = {
  MOMENTUM_POS: 'Momentum up', MOMENTUM_NEG: 'Momentum down', VOLATILE_SPIKE: 'Volatile', NEUTRAL: 'Steady',
}
let dataset = null
let given = null

function say(sentence, isBad = false) {
  at('status').textContent = sentence
  at('status').classList.toggle('bad', isBad)
}

async function ask(path, options = {}) {
  const key = at('key').value.trim()
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) }
  const answer = await fetch(path, { ...options, headers })
  const body = await answer.json()
  if (!answer.ok) throw Object.assign(new Error(body.error), { columns: body.columns })
  return body
}

async function attempt(work) {
  for (const id of ['play', 'demo']) at(id).disabled = true
  try {
    await work()
  } catch (error) {
    say(error.message || 'The service does not answer.', true)
    if (error.columns) asked(error.columns)
  } finally {
    at('demo').disabled = false
    at('play').disabled = dataset === null
  }
}

// the question comes with its likeliest answer
function asked(columns) {
  at('answer').value = columns
  at('asked').open = true
}

async function upload(file, answer = '') {
  dataset = null
  given = file
  at('again').disabled = false
  at('recognised').hidden = true
  say(`Reading ${file.name}`)
  const form = new FormData()
  form.append('tenant', at('tenant').value)
  form.append('file', file)
  if (answer) form.append('columns', answer)
  const read = await ask('/api/upload-csv', { method: 'POST', body: form })
  if (read.row_count) dataset = read
  show(read)
  say(dataset ? 'Read. Press “Play the site”.' : 'Read: it has no days of its own, and will be heard with them.')
}

function show(read) {
  const sure = read.confidence === null ? '' : `, ${Math.round(100 * read.confidence)} % sure`
  at('summary').textContent = `${read.tool || 'A comparison'}: ${read.summary}${sure}`
  at('columns').replaceChildren(...read.mapping.map(column => {
    const row = document.createElement('tr')
    for (const text of [column.role, column.header, column.evidence]) row.insertCell().textContent = text
    return row
  }))
  at('notes').replaceChildren(...[...read.notes, ...read.changes].map(note => {
    const item = document.createElement('li')
    item.textContent = note
    return item
  }))
  at('recognised').hidden = false
}

async function make(order) {
  at('result').hidden = true
  say('Ordered')
  const taken = await ask('/api/sonify', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify({ tenant: at('tenant').value, ...order }),
  })
  for (;;) {
    const job = await ask(`/api/jobs/${taken.job_id}`)
    if (job.status === 'error') throw new Error(job.error)
    if (job.status === 'done') return play(job)
    say(job.status === 'queued' ? 'Waiting its turn' : `Being made: ${job.progress.done} of ${job.progress.total} steps`)
    await new Promise(resume => setTimeout(resume, BETWEEN_LOOKS_MS))
  }
}

function play(job) {
  at('label').textContent = verdicts[job.label_summary] ?? job.label_summary
  at('audio').src = job.mp3_url
  at('page').href = job.page_url
  at('midi').href = job.midi_url
  at('result').hidden = false
  say(`Ready: ${Math.round(job.duration_sec)} seconds`)
  at('audio').focus()
  // a browser may want one more press of a key; the player is there for it
  at('audio').play().catch(() => say('Ready: press play'))
}

at('order').addEventListener('submit', event => event.preventDefault())
at('file').addEventListener('change', () => at('file').files.length && attempt(() => upload(at('file').files[0])))
at('again').addEventListener('click', () => attempt(() => upload(given, at('answer').value.trim())))
at('demo').addEventListener('click', () => attempt(() => make(DEMO)))
at('play').addEventListener('click', () => attempt(() => make({ source: 'csv', dataset_id: dataset.dataset_id })))
at('tenant').addEventListener('input', () => { dataset = null; at('play').disabled = true })
for (const name of ['dragover', 'drop', 'dragleave']) {
  at('drop').addEventListener(name, event => {
    event.preventDefault()
    at('drop').classList.toggle('over', name === 'dragover')
    if (name === 'drop' && event.dataTransfer.files.length) attempt(() => upload(event.dataTransfer.files[0]))
  })
}

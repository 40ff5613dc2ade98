-- Enqueue jobs: store arq's records, add the ids to the queue, log it, wake an idle worker.
-- A job whose id already has a record or a result is refused, as in arq; so is the slot of a cron job that is
-- switched off, whose id is the cron job's name and a time.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 aborts  6 arq's aborts  7 batch record  8 signal
--       9 cron jobs that are off
-- ARGV  1 queue name  2 wake channel  3 log cap  4 expires_extra_ms
--       5 batch record ('' for none)  6 batch record's expiry in ms
--       then groups of jobs that have these in common: how many, due ('+ms' from now, or Unix ms), expiry in ms
--       ('' for the default), the event's JSON without its closing brace
--       and after them 2 for each job: id, record
-- Returns {last event id, server ms, index of each refused job (from 0) ...}
-- Events  enqueued
local queue, events, idle, running, aborts, arq_aborts, batch, signal, crons_off = unpack(KEYS)
local queue_name, channel, log_cap, expires_extra_ms, batch_record, batch_expiry_ms = unpack(ARGV, 1, 6)
local FIRST, HEAD, WIDTH = 7, 4, 2
-- Jobs due in the same ms keep their order: a score holds twelve more binary digits.
local PLACES_IN_A_MS = 4096
local now = now_ms()
local event_id = '0-0'
local scores, ids, refused = {}, {}, {}

-- What was written stays when a script fails midway: a record would take its id and never run.
local fault = not_a(queue, 'zset') or log_cap ~= '0' and not_a(events, 'stream')
if fault then return redis.error_reply(fault) end

local any_off = type_of(crons_off) == 'set'
local function is_off(id)
  local cron = string.match(id, '^(.*):%d+$')
  return cron and redis.call('SISMEMBER', crons_off, cron) == 1
end

-- Stores a job's record; false if its id is taken, or is of a slot that is switched off.
local function store(id, record, expiry_ms)
  if redis.call('EXISTS', RESULT .. id) == 1 or any_off and is_off(id) then return false end
  return redis.call('SET', JOB .. id, record, 'PX', expiry_ms, 'NX')
end

local group, seen = FIRST, 0
while ARGV[group] do
  local count, due, expires, data = unpack(ARGV, group, group + HEAD - 1)
  local score = due_at(due, now)
  local expiry_ms = ms(expires ~= '' and expires or math.max(1, score - now + expires_extra_ms))
  data = data .. ',"due_ms":' .. ms(score) .. '}'
  local first = group + HEAD
  for i = first, first + (count - 1) * WIDTH, WIDTH do
    local id = ARGV[i]
    if store(id, ARGV[i + 1], expiry_ms) then
      local n = #ids
      ids[n + 1] = id
      scores[2 * n + 1], scores[2 * n + 2] = string.format('%.6f', score + n / PLACES_IN_A_MS), id
      event_id = add_event(events, log_cap, 'enqueued', id, queue_name, data)
    else
      refused[#refused + 1] = seen
    end
    seen = seen + 1
  end
  group = first + count * WIDTH
end
if batch_record ~= '' then redis.call('SET', batch, batch_record, 'PX', batch_expiry_ms) end
if #ids > 0 then
  call_many('ZADD', queue, scores)
  -- What an earlier job of the same id left behind must not hit this one.
  if type_of(running) == 'hash' then call_many('HDEL', running, ids) end
  unmark(aborts, arq_aborts, ids)
  wake_idle(idle, channel, signal)
end
return {event_id, ms(now), unpack(refused)}

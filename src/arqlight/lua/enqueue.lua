-- Enqueue jobs: store arq's records, add the ids to the queue, log it, wake an idle worker.
-- A job whose id already has a record or a result is refused, as in arq.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 aborts  6 arq's aborts  7 batch record  8 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 expires_extra_ms
--       5 batch record ('' for none)  6 batch record's expiry in ms
--       then groups of jobs that have these in common: how many, due ('+ms' from now, or Unix ms), expiry in ms
--       ('' for the default), the event's JSON without its closing brace
--       and after them 2 for each job: id, record
-- Returns {last event id, server ms, index of each refused job (from 0) ...}
-- Events  enqueued
local now = now_ms()
local event_id = '0-0'
local HEAD, WIDTH = 4, 2
local scores, ids, reply = {}, {}, {}
local group, seen = 7, 0
while ARGV[group] do
  local count, due, expires, data = unpack(ARGV, group, group + HEAD - 1)
  local score = tonumber(due)
  if string.sub(due, 1, 1) == '+' then score = now + tonumber(string.sub(due, 2)) end
  if expires == '' then expires = math.max(1, score - now + ARGV[4]) end
  expires = ms(expires)
  data = data .. ',"due_ms":' .. ms(score) .. '}'
  local first = group + HEAD
  for i = first, first + (count - 1) * WIDTH, WIDTH do
    local id = ARGV[i]
    if redis.call('EXISTS', JOB .. id, RESULT .. id) > 0 then
      reply[#reply + 1] = seen
    else
      redis.call('SET', JOB .. id, ARGV[i + 1], 'PX', expires)
      -- Jobs due in the same ms keep their order: a score holds twelve more binary digits.
      scores[#scores + 1] = string.format('%.6f', score + #ids / 4096)
      scores[#scores + 1] = id
      ids[#ids + 1] = id
      event_id = add_event(KEYS[2], ARGV[3], 'enqueued', id, ARGV[1], data)
    end
    seen = seen + 1
  end
  group = first + count * WIDTH
end
if ARGV[5] ~= '' then redis.call('SET', KEYS[7], ARGV[5], 'PX', ARGV[6]) end
if #ids > 0 then
  call_many('ZADD', KEYS[1], scores)
  -- What an earlier job of the same id left behind must not hit this one.
  if redis.call('EXISTS', KEYS[4]) == 1 then call_many('HDEL', KEYS[4], ids) end
  if redis.call('EXISTS', KEYS[5], KEYS[6]) > 0 then
    call_many('ZREM', KEYS[5], ids)
    call_many('ZREM', KEYS[6], ids)
  end
  wake_idle(KEYS[3], ARGV[2], KEYS[8])
end
return {event_id, ms(now), unpack(reply)}

-- Abort a job: one that waits ends here and now, one that runs is marked and its worker told.
--
-- KEYS  1 queue  2 event log  3 aborts  4 arq's aborts  5 counters  6 running
-- ARGV  1 queue name  2 wake channel  3 log cap  4 job id  5 result record  6 its expiry in ms
--       7 the event's JSON without its closing brace
-- Returns 'finished', 'requested', 'aborted' or 'unknown'
-- Events  aborted
local queue, events, aborts, arq_aborts, counters, running = unpack(KEYS)
local queue_name, channel, log_cap, id, record, expiry_ms, data = unpack(ARGV)
local MARK_EXPIRY_S = 3600
local now = ms(now_ms())

local function mark()
  redis.call('ZADD', aborts, now, id)
  redis.call('EXPIRE', aborts, MARK_EXPIRY_S)
  redis.call('ZADD', arq_aborts, now, id)
  tell(channel, 'abort')
end

local function end_now()
  forget(id)
  redis.call('SET', RESULT .. id, record, 'PX', expiry_ms)
  redis.call('ZREM', queue, id)
  redis.call('HDEL', running, id)
  -- Marks of an abort that was asked while a worker ran it, which is gone.
  unmark(aborts, arq_aborts, {id})
  count_outcome(counters, 'aborted', 1)
  add_event(events, log_cap, 'aborted', id, queue_name, data .. ',"finish_ms":' .. now .. '}')
end

if redis.call('EXISTS', RESULT .. id) == 1 then return 'finished' end
if is_running(id) then
  mark()
  return 'requested'
end
if not redis.call('ZSCORE', queue, id) then return 'unknown' end
-- Only the id of a job that ended without a result came back.
if redis.call('EXISTS', JOB .. id) == 0 and has_ended(id) then return 'finished' end
end_now()
return 'aborted'

-- Finish jobs: store the result, clean up, count, log it. Fenced: a job whose lease is lost is left alone.
--
-- KEYS  1 queue  2 event log  3 running  4 aborts  5 arq's aborts  6 counters
-- ARGV  1 queue name  2 log cap  3 held ('1' when the caller's own clock says its leases have not lapsed)
--       then groups of jobs that have these in common: how many, holder, try, the result's expiry in ms
--       ('' for never), ms for which to keep the in-progress key ('0' for not), event
--       and after them 3 for each job: id, result record ('' for none), the event's JSON
-- Returns the ids whose lease was lost
-- Events  succeeded, failed, aborted, expired
local HEAD, WIDTH = 6, 3
local lost, ids, dead_keys, counts = {}, {}, {}, {}

local function finish(id, holder_key, data, keep_ms, event)
  local n = #dead_keys
  dead_keys[n + 1], dead_keys[n + 2], dead_keys[n + 3] = JOB .. id, RETRY .. id, PROGRESS .. id
  if keep_ms == '0' then
    dead_keys[n + 4] = holder_key
  else
    redis.call('SET', holder_key, 'done', 'PX', keep_ms)
  end
  ids[#ids + 1] = id
  add_event(KEYS[2], ARGV[2], event, id, ARGV[1], data)
end

local group = 4
while ARGV[group] do
  local count, holder, job_try, expiry, keep_ms, event = unpack(ARGV, group, group + HEAD - 1)
  count = tonumber(count)
  local first = group + HEAD
  local holder_keys, results = {}, {}
  for j = 1, count do holder_keys[j] = IN_PROGRESS .. ARGV[first + (j - 1) * WIDTH] end
  local holders = get_many(holder_keys)
  local finished = #ids
  for j = 1, count do
    local i = first + (j - 1) * WIDTH
    if lease_state(holders[j], holder, KEYS[1], KEYS[3], ARGV[i], job_try, ARGV[3]) == 'lost' then
      lost[#lost + 1] = ARGV[i]
    else
      finish(ARGV[i], holder_keys[j], ARGV[i + 2], keep_ms, event)
      if ARGV[i + 1] ~= '' then
        results[#results + 1] = RESULT .. ARGV[i]
        results[#results + 1] = ARGV[i + 1]
      end
    end
  end
  set_many(results, expiry)
  counts[event] = (counts[event] or 0) + #ids - finished
  group = first + count * WIDTH
end
if #ids > 0 then
  call_many('DEL', nil, dead_keys)
  call_many('ZREM', KEYS[1], ids)
  call_many('HDEL', KEYS[3], ids)
  if redis.call('EXISTS', KEYS[4], KEYS[5]) > 0 then
    call_many('ZREM', KEYS[4], ids)
    call_many('ZREM', KEYS[5], ids)
  end
  if ARGV[2] ~= '0' then
    for event, count in pairs(counts) do redis.call('HINCRBY', KEYS[6], event, count) end
  end
end
return lost

-- Finish jobs: store the result, clean up, count, log it. Fenced: a job whose lease is lost is left alone.
--
-- KEYS  1 queue  2 event log  3 running  4 aborts  5 arq's aborts  6 counters
-- ARGV  1 queue name  2 log cap  3 held ('1' when the caller's own clock says its leases have not lapsed)
--       then 8 for each job: id, holder, try, result record ('' for none), its expiry in ms ('' for never),
--       ms for which to keep the in-progress key ('0' for not), event, the event's JSON
-- Returns the ids whose lease was lost
-- Events  succeeded, failed, aborted, expired
local FIRST, WIDTH = 4, 8
local holder_keys = {}
for i = FIRST, #ARGV, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
local holders = get_many(holder_keys)
local lost, ids, dead_keys, counts = {}, {}, {}, {}

local function finish(i)
  local id, result, keep_ms, event = ARGV[i], ARGV[i + 3], ARGV[i + 5], ARGV[i + 6]
  if result ~= '' then
    if ARGV[i + 4] == '' then
      redis.call('SET', RESULT .. id, result)
    else
      redis.call('SET', RESULT .. id, result, 'PX', ARGV[i + 4])
    end
  end
  local n = #dead_keys
  dead_keys[n + 1], dead_keys[n + 2], dead_keys[n + 3] = JOB .. id, RETRY .. id, PROGRESS .. id
  if keep_ms == '0' then
    dead_keys[n + 4] = IN_PROGRESS .. id
  else
    redis.call('SET', IN_PROGRESS .. id, 'done', 'PX', keep_ms)
  end
  ids[#ids + 1] = id
  counts[event] = (counts[event] or 0) + 1
  add_event(KEYS[2], ARGV[2], event, id, ARGV[1], ARGV[i + 7])
end

for i = FIRST, #ARGV, WIDTH do
  local current = holders[(i - FIRST) / WIDTH + 1]
  if lease_state(current, ARGV[i + 1], KEYS[1], KEYS[3], ARGV[i], ARGV[i + 2], ARGV[3]) == 'lost' then
    lost[#lost + 1] = ARGV[i]
  else
    finish(i)
  end
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

-- Claim due jobs: take the lease, count the try, hand out the records, log it; all or nothing for each job.
-- While a job runs its score is its lease's deadline, so running jobs leave the head of the queue and a
-- lapsed lease makes the job due by itself. Jobs that a plain arq worker runs keep their scores; `floor` is
-- how far the caller knows the head to be theirs.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 arq's aborts  6 aborts
-- ARGV  1 queue name  2 log cap  3 worker id  4 token  5 lease in ms  6 how many at most
--       7 floor: a score and how many jobs of that score to pass over ('-inf 0' for the start)
--       8 ms for which to ask for a wake when too few are due ('0' for no)
--       then the ids to try, if only certain ones are wanted
-- Returns {server ms, score of the next job to become due ('' for none), floor for the next claim,
--         {id and worker id of each job whose last try was lost}, {id and ms of each job that arq's abort was
--         asked for}, then 4 for each job: id, score, record ('' when expired), try}
-- Events  lost, started
local now = now_ms()
local limit = tonumber(ARGV[6])
-- Bounds the work of one claim where thousands of jobs at the head run on plain arq workers.
local SPARE = 2000

-- A score may have a fraction, see enqueue.lua: all of this ms is due.
local due = ms(now) .. '.999'
local ids, scores = {}, {}
local from, passed_over = string.match(ARGV[7], '^(%S+) (%d+)$')
-- Jobs may share a score (as many as were deferred until midnight), so a score alone is no place in the queue.
local floor, floor_passed = from, tonumber(passed_over)
local foreign, dropped = 0, 0

-- A cron job's in-progress key outlives it for a while, so that no other worker runs the same slot again.
local function drop_if_done(id, holder)
  if holder ~= 'done' then return false end
  redis.call('ZREM', KEYS[1], id)
  redis.call('DEL', JOB .. id)
  dropped = dropped + 1
  return true
end

local function consider(candidates, candidate_scores)
  local holder_keys = {}
  for i, id in ipairs(candidates) do holder_keys[i] = IN_PROGRESS .. id end
  local holders = get_many(holder_keys)
  for i, id in ipairs(candidates) do
    if #ids == limit then return end
    if not holders[i] then
      ids[#ids + 1] = id
      scores[#scores + 1] = candidate_scores[i]
    elseif not drop_if_done(id, holders[i]) then
      foreign = foreign + 1
      if #ids == 0 then
        floor_passed = candidate_scores[i] == floor and floor_passed + 1 or 1
        floor = candidate_scores[i]
      end
    end
  end
end

if #ARGV > 8 then
  for i = 9, #ARGV do
    local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if score and tonumber(score) <= tonumber(due) then consider({ARGV[i]}, {score}) end
  end
  floor, floor_passed = from, passed_over
else
  local page, offset = math.min(limit + 10, CHUNK), floor_passed
  while #ids < limit and foreign < SPARE do
    local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, due, 'WITHSCORES', 'LIMIT', offset, page)
    local candidates, candidate_scores = {}, {}
    for i = 1, #found, 2 do
      candidates[#candidates + 1] = found[i]
      candidate_scores[#candidate_scores + 1] = found[i + 1]
    end
    dropped = 0
    consider(candidates, candidate_scores)
    offset = offset + page - dropped
    if #candidates < page then break end
    page = math.min(page * 4, CHUNK)
  end
end

local lost, to_abort = {}, {}
local reply = {ms(now), '', floor .. ' ' .. floor_passed, lost, to_abort}
if #ids < limit then
  local next_due = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. due, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  reply[2] = next_due[2] or ''
  if foreign >= SPARE then reply[2] = ms(now) end
  if ARGV[8] ~= '0' then redis.call('SET', KEYS[3], '1', 'PX', ARGV[8]) end
end
if #ids == 0 then return reply end

local record_keys, try_keys, leases, runners, holders, new_tries = {}, {}, {}, {}, {}, {}
local deadline = ms(now + ARGV[5])
for i, id in ipairs(ids) do
  record_keys[i] = JOB .. id
  try_keys[i] = RETRY .. id
  leases[2 * i - 1], leases[2 * i] = deadline, id
end
local records, tries = get_many(record_keys), get_many(try_keys)
local losers = redis.call('HMGET', KEYS[4], unpack(ids))
local any_abort = redis.call('EXISTS', KEYS[5], KEYS[6]) > 0
local holder = ARGV[3] .. ':' .. ARGV[4] .. ':' .. ms(now)
for i, id in ipairs(ids) do
  local job_try = ms((tonumber(tries[i]) or 0) + 1)
  holders[2 * i - 1], holders[2 * i] = IN_PROGRESS .. id, holder
  new_tries[2 * i - 1], new_tries[2 * i] = try_keys[i], job_try
  -- Only running jobs are marked: before the first try, a mark is of an earlier job of the same id.
  if any_abort and not tries[i] then redis.call('ZREM', KEYS[6], id) end
  runners[2 * i - 1], runners[2 * i] = id, ARGV[3] .. ':' .. job_try
  -- If the last try is not the one noted, plain arq has run the job since, or this is another one of its id.
  local loser, lost_try
  if losers[i] then loser, lost_try = string.match(losers[i], '^(.*):(%d+)$') end
  if loser and lost_try == tries[i] then
    lost[#lost + 1] = id
    lost[#lost + 1] = loser
    add_event(KEYS[2], ARGV[2], 'lost', id, ARGV[1],
      '{"job_try":' .. tries[i] .. ',"worker_id":"' .. loser .. '"}')
  end
  if records[i] then
    -- An expiry says until when a job may start; once it did, its record stays for the tries to come.
    redis.call('EXPIRE', record_keys[i], TRY_EXPIRY_S)
    add_event(KEYS[2], ARGV[2], 'started', id, ARGV[1],
      '{"job_try":' .. job_try .. ',"worker_id":"' .. ARGV[3] .. '"}')
  end
  local n = #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4] = id, scores[i], records[i] or '', job_try
  local asked = any_abort and redis.call('ZSCORE', KEYS[5], id)
  if asked then
    to_abort[#to_abort + 1] = id
    to_abort[#to_abort + 1] = asked
  end
end
set_many(holders, ARGV[5])
set_many(new_tries, TRY_EXPIRY_S * 1000)
call_many('ZADD', KEYS[1], leases)
call_many('HSET', KEYS[4], runners)
redis.call('EXPIRE', KEYS[4], TRY_EXPIRY_S)
return reply

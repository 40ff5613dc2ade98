-- Switch a cron job off or on: enqueue.lua refuses its slots while it is off.
--
-- KEYS  1 cron jobs that are off  2 event log
-- ARGV  1 queue name  2 log cap  3 cron job's name  4 'off' or 'on'  5 how many may be off
-- Returns 'off' or 'on', 'unchanged' if it was, or 'too_many'
-- Events  cron_off, cron_on (of the queue)
local crons_off, events = unpack(KEYS)
local queue_name, log_cap, name, switch, most = unpack(ARGV)
if switch == 'off' and redis.call('SCARD', crons_off) >= tonumber(most) then return 'too_many' end
if redis.call(switch == 'off' and 'SADD' or 'SREM', crons_off, name) == 0 then return 'unchanged' end
add_event(events, log_cap, 'cron_' .. switch, '', queue_name, '{"cron":' .. cjson.encode(name) .. '}')
return switch

-- ARGV[4]: when it was issued, minus what clocks may run ahead; ARGV[5]…ARGV[8] as in put.
-- Gives 1: the first; 2: seen; 3: issued before the start; 0: full.
local key = KEYS[2] .. '@' .. epoch
if tonumber(ARGV[4]) < tonumber(began) then
    return 3
end
if alive(key) then
    return 2
end
return store(key, '', ARGV[5], ARGV[6], ARGV[7], ARGV[8]) and 1 or 0

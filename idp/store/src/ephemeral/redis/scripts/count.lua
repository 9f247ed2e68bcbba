-- Gives the count, and the moment at which its window ends.
local count, over = alive(KEYS[2] .. '@' .. epoch)
return { count or '0', over or ARGV[1] }

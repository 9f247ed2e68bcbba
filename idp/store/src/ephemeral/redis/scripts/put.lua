-- ARGV[4]: value; ARGV[5]: the moment it is over; ARGV[6]: its life; ARGV[7], ARGV[8]: window and room. Gives 1, or 0 if full.
return store(KEYS[2] .. '@' .. epoch, ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]) and 1 or 0

"""What a solved task costs where a job takes several turns: dollars, tokens and minutes, by round or of an agent."""

"""What graders with several questions found, such as those of tool calls: shares of each model, and pairs."""

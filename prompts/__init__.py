"""What planners are told: text files only; a test checks every program in them."""

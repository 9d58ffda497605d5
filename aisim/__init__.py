"""aisim: which way of hosting an AI service meets its service levels, and what it costs."""

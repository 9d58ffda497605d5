"""Plain reference implementations that faster code is tested against."""

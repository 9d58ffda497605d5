"""What was measured beside what aisim says."""

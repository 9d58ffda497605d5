"""The exit statuses of the command line."""

OK, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130

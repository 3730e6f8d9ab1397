"""What can be seen of a worker from outside: metrics, traces, its log, its health."""

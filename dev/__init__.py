"""What runs beside the product: servers for tests, demo and benchmarks."""

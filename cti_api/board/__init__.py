"""The supervisor's board: what stands on it, put together once for all who look."""

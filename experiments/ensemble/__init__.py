"""Many runs: what to run, where, and a folder that keeps what is finished."""

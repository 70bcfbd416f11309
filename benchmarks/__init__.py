"""What measures speed and fidelity: ratios of two things measured in one run, never a bare time as a pass or fail."""

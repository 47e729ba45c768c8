"""The views of `/integration setup`, one module per step."""

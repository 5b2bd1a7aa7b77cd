"""Runs the application and shows whether it refuses: plan, boot, send, judge."""

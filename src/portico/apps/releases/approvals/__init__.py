"""Approval rules, approvals, and the inbox."""

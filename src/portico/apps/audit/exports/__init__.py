"""What others' tools read: assessment results and the plan of action, in OSCAL."""

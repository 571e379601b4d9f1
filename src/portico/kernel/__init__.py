"""What every backend needs, done once. The kernel knows no user and no business."""

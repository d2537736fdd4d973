"""The recorder: raw frames of live venues to files, acknowledged when they are on the disk."""

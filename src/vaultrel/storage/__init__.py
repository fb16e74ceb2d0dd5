"""Where notes live, and how they are read, replaced, journalled and locked."""

"""What decides: pure functions of note bytes, settings and a day. Nothing here touches a disk or a clock."""

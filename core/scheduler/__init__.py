"""What should happen next: pure functions of the state and a time. They read no clock, roll no dice, and touch nothing."""

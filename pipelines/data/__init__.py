"""What trainings learn from: photos that people bring, how good they are, what is said of them."""

"""Trainings. A recipe says what to train on and with which loss; `loop` runs every one of them."""

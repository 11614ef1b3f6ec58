"""The ledger: the history and the state of every address, in one DynamoDB table (`table` draws its keys)."""

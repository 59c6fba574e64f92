"""Records turned into the JSON documents of the contract."""

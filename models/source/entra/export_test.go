package entra

// PublicOnly is the check of an address before it is dialled.
func PublicOnly(address string) error { return publicOnly("tcp", address, nil) }

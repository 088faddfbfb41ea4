package main

import "muster/models/source/entra"

// clouds are where a tenant may live: Microsoft's, or the Graph that stands for them.
func clouds(graph *entra.Endpoint) []entra.Cloud {
	if graph != nil {
		return []entra.Cloud{entra.Custom}
	}
	return entra.Clouds()
}

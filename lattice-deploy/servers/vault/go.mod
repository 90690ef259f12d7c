// The Vault server that `lattice-deploy` builds when none is installed.
module lattice/servers/vault

go 1.26

tool github.com/hashicorp/vault

require github.com/hashicorp/vault v1.21.1

// Replacements are not inherited from a dependency, so Vault's own must be named again.
replace (
	github.com/99designs/keyring => github.com/Jeffail/keyring v1.2.3
	github.com/ma314smith/signedxml v1.1.1 => github.com/moov-io/signedxml v1.1.1
)

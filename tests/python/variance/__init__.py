"""Why a cost changed: the bridge models run over small bills."""

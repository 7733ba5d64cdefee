//! A public URL for a local port in one call.

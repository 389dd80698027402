<?php
/**
 * Plugin Name: Platform status
 * Description: Shows the status that elytra-status publishes: [platform_status], in any post, page or widget.
 * Version: 1.0.0
 * Requires at least: 6.5
 * Requires PHP: 7.4
 * License: MIT
 * SPDX-License-Identifier: MIT
 *
 * Copy this file to wp-content/mu-plugins/, and set the address in wp-config.php:
 *
 *     define( 'PLATFORM_STATUS_URL', 'https://status.example.com/' );
 *
 * In the block editor, use the block "Shortcode".
 */

defined( 'ABSPATH' ) || exit;

/** Returns the address of a published document, or '' if PLATFORM_STATUS_URL is not set. */
function platform_status_address( string $document ): string {
	return defined( 'PLATFORM_STATUS_URL' ) ? trailingslashit( PLATFORM_STATUS_URL ) . $document : '';
}

/** Returns the card. Its script is only on pages that have one. */
function platform_status_card(): string {
	if ( '' === platform_status_address( '' ) ) {
		return '';
	}
	wp_enqueue_script_module( 'platform-status', platform_status_address( 'card.js' ), array(), null );
	return sprintf(
		'<elytra-status src="%1$s"><a href="%2$s">%3$s</a></elytra-status>',
		esc_url( platform_status_address( 'status.json' ) ),
		esc_url( platform_status_address( 'index.html' ) ),
		esc_html__( 'Platform status' )
	);
}

add_shortcode( 'platform_status', 'platform_status_card' );

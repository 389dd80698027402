<?php
// SPDX-License-Identifier: MIT
// What the plugin needs of WordPress, and a page with its shortcode. Arguments: the plugin, and the address of the status.

const ABSPATH = '/';
define( 'PLATFORM_STATUS_URL', $argv[2] );
$shortcodes = array();
$modules    = array();

function add_shortcode( string $name, callable $function ): void {
	$GLOBALS['shortcodes'][ $name ] = $function;
}
function wp_enqueue_script_module( string $id, string $src, array $dependencies, $version ): void {
	$GLOBALS['modules'][ $id ] = $src;
}
function trailingslashit( string $text ): string {
	return rtrim( $text, '/\\' ) . '/';
}
function esc_url( string $text ): string {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_html__( string $text ): string {
	return htmlspecialchars( $text, ENT_QUOTES );
}

require $argv[1];

$content = $shortcodes['platform_status']();
echo '<!doctype html><html lang="en"><title>WordPress</title>', $content;
foreach ( $modules as $src ) {
	echo '<script type="module" src="', $src, '"></script>';
}
